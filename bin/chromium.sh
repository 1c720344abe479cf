# Chromium for the browser journeys. Sourced after lib.sh; find_chromium exports PILOTLIGHT_CHROMIUM.

chromium_here() {
    for candidate in "${PILOTLIGHT_CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
        [ -n "$candidate" ] || continue
        if "$candidate" --version >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    # Playwright's own, when it was installed before.
    .venv/bin/python - <<'PYTHON' 2>/dev/null
import os, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    path = playwright.chromium.executable_path
print(path) if os.path.exists(path) else sys.exit(1)
PYTHON
}

# Without a window to draw, a journey takes half the work. Debian has such a Chromium; it is asked for once.
find_chromium() {
    mkdir -p .bin
    log=$root/.bin/chromium.log
    asked=$root/.bin/chromium-headless-shell.log
    if [ -z "${PILOTLIGHT_CHROMIUM:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 &&
        [ ! -e "$asked" ] && ! chromium-headless-shell --version >/dev/null 2>&1; then
        echo "Installing Chromium for the browser journeys ..." >&2
        install_chromium chromium-headless-shell </dev/null >"$asked" 2>&1 || :
    fi
    PILOTLIGHT_CHROMIUM=$(chromium_here) || {
        echo "Installing Chromium for the browser journeys ..." >&2
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            install_chromium chromium </dev/null >"$log" 2>&1 || :
        else
            .venv/bin/playwright install chromium </dev/null >"$log" 2>&1 || :
        fi
        PILOTLIGHT_CHROMIUM=$(chromium_here) ||
            fail "needs Chromium for the browser journeys; on Debian: sudo apt-get install chromium (or set PILOTLIGHT_CHROMIUM to one)"
    }
    export PILOTLIGHT_CHROMIUM
}

install_chromium() {
    apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1"
}
