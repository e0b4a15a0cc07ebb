# The API and its planner. Bring your own Postgres with pgvector (docker-compose.yml has one).
FROM python:3.11-slim AS build
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src ./src
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python -m venv /opt/credence \
 && /opt/credence/bin/pip install --no-cache-dir \
    --extra-index-url "$TORCH_INDEX" -c constraints.txt .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 credence
COPY --from=build /opt/credence /opt/credence
USER credence
ENV PATH=/opt/credence/bin:$PATH PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready')"]
CMD ["credence", "serve", "--host", "0.0.0.0"]
