# The production image: locked packages in a virtualenv, static files with hashed names, no compiler, no root.
FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /venv
COPY requirements/prod.txt requirements/uv.txt /requirements/
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements/uv.txt \
 && /venv/bin/uv pip install --no-cache --require-hashes --compile-bytecode --python /venv/bin/python -r /requirements/prod.txt \
 && /venv/bin/pip uninstall --yes uv

FROM python:3.11-slim-bookworm
# What documents are drawn with: Pango, and the only fonts that they may use.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      fonts-noto-core libfontconfig1 libharfbuzz-subset0 libharfbuzz0b libpango-1.0-0 libpangoft2-1.0-0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin portal \
 && install --directory --owner=portal /data /data/documents /data/archives /data/beat
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
RUN install -D docs/fonts.conf /etc/portal/fonts.conf \
 && /venv/bin/python -m billing_portal.stack.production collectstatic --noinput
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=billing_portal.settings \
    FONTCONFIG_FILE=/etc/portal/fonts.conf \
    DOCUMENTS_DIR=/data/documents \
    ARCHIVES_DIR=/data/archives \
    LOG_FORMAT=json
USER portal
VOLUME ["/data/documents", "/data/archives"]
EXPOSE 8000
CMD ["gunicorn", "billing_portal.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--timeout", "60", "--no-control-socket", "--worker-tmp-dir", "/dev/shm", \
     "--max-requests", "2000", "--max-requests-jitter", "400"]
