import cProfile, pstats, time
import pytest
from tests.config import test_demo_story as t
pytestmark = pytest.mark.django_db
northwind = t.northwind
@pytest.fixture(scope="module", autouse=True)
def prof():
    p = cProfile.Profile(time.process_time); p.enable(); yield; p.disable()
    pstats.Stats(p).sort_stats("cumtime").print_stats("config/demo|pilots|metrics|accounts|noise|ledger|savepoint|execute", 45)
def test_a(prof, northwind): pass
