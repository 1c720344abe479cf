# Chromium for the browser journeys. Sourced after lib.sh; find_chromium exports PILOTLIGHT_CHROMIUM.

chromium_here() {
    for candidate in "${PILOTLIGHT_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
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

find_chromium() {
    PILOTLIGHT_CHROMIUM=$(chromium_here) || {
        echo "Installing Chromium for the browser journeys ..." >&2
        log=$root/.bin/chromium.log
        mkdir -p .bin
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } \
                </dev/null >"$log" 2>&1 || :
        else
            .venv/bin/playwright install chromium </dev/null >"$log" 2>&1 || :
        fi
        PILOTLIGHT_CHROMIUM=$(chromium_here) ||
            fail "needs Chromium for the browser journeys; on Debian: sudo apt-get install chromium (or set PILOTLIGHT_CHROMIUM to one)"
    }
    export PILOTLIGHT_CHROMIUM
}
