# syntax=docker/dockerfile:1
# Two stages: Node builds what browsers get, Python serves it. deploy/rehearse.sh runs the same steps without an engine.

FROM node:24-bookworm-slim AS frontend
WORKDIR /app
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc frontend/
RUN cd frontend && npm ci --ignore-scripts --no-audit --no-fund
COPY frontend frontend
COPY service_worker service_worker
COPY backend/throughcare/problems.json backend/throughcare/problems.json
RUN cd frontend && node build.mjs

FROM python:3.11-slim-bookworm
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONPATH=/app/backend PATH=/venv/bin:$PATH
RUN python -m venv /venv
COPY requirements/core.txt /tmp/core.txt
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/core.txt && rm /tmp/core.txt
WORKDIR /app
COPY backend backend
COPY migrations migrations
COPY frontend/office frontend/office
COPY frontend/components frontend/components
COPY frontend/print frontend/print
COPY frontend/policy.json frontend/policy.json
COPY --from=frontend /app/frontend/dist frontend/dist
# A number, not a name, so that an orchestrator can see that it is not root. Only /data is ever written.
RUN mkdir /data && chown 10001:10001 /data
USER 10001:10001
ENV THROUGHCARE_DATA_DIR=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4).read()"]
ENTRYPOINT ["python", "-m", "throughcare.cli.serve"]
CMD ["--host", "0.0.0.0", "--port", "8000"]
