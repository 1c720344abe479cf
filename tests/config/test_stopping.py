"""Told to stop, web and worker finish what they have in hand."""

import threading
import urllib.request
from pathlib import Path

from tests.config.processes import free_port, start, until


def test_web_finishes_the_requests_in_hand(tmp_path: Path) -> None:
    port = free_port()
    web = start(
        *("-m", "gunicorn", "-c", "config/gunicorn.py", "tests.config.slow_app"),
        var=tmp_path,
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
        PILOTLIGHT_BIND=f"127.0.0.1:{port}",
        WEB_CONCURRENCY="1",
        HOME=str(tmp_path),
    )
    address, answers = f"http://127.0.0.1:{port}/", []

    def ask(query: str) -> bool:
        try:
            with urllib.request.urlopen(f"{address}?{query}", timeout=20) as answer:
                answers.append(answer.read())
        except OSError:
            return False
        return True

    assert until(lambda: ask("0"), within=20)
    answers.clear()
    asking = threading.Thread(target=ask, args=["1.2"])
    asking.start()
    asking.join(0.4)  # it is in hand
    web.terminate()
    asking.join()
    _, log = web.communicate(timeout=20)
    assert answers == [b"finished"]
    assert web.returncode == 0, log
    assert list(tmp_path.iterdir()) == []  # neither control socket nor process id file
