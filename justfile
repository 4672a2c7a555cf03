# The one list of commands. `./just` runs them on a machine without `just`, too.

set shell := ["bash", "-euo", "pipefail", "-c"]
set dotenv-load
set positional-arguments

# List what there is
[private]
default:
    @"{{ just_executable() }}" --justfile "{{ justfile() }}" --list --unsorted

# Build everything and start the farm on this machine; Ctrl-C stops it, the data stays
[group('run')]
up *ARGS:
    @scripts/up.sh "$@"

# The same from debug builds, rebuilt and restarted on every change, with Vite's dev server
[group('run')]
dev-local:
    @scripts/dev-local.sh

# The hot-reload stack in containers
[group('run')]
dev *ARGS:
    @scripts/compose.sh -f docker-compose.dev.yml up --build "$@"

# The deployment in containers; `./just prod -d` leaves it running in the background
[group('run')]
prod *ARGS:
    @scripts/compose.sh -f docker-compose.yml up --build "$@"

# Render a scene to a picture on the command line: ./just render scenes/cornell.json -w 640
[group('run')]
render SCENE *ARGS:
    @scripts/render.sh "$@"

# All tests: Rust, front, browser. The last line counts them
[group('check')]
test:
    @scripts/test.sh rust front e2e

# Only the Rust tests
[group('check')]
test-rust:
    @scripts/test.sh rust

# Only the front's unit tests
[group('check')]
test-front:
    @scripts/test.sh front

# Only the browser tests
[group('check')]
e2e:
    @scripts/test.sh e2e

# What CI runs: lints, half a minute of fuzzing for each parser, then all tests
[group('check')]
ci: lint (fuzz "30") test

# Formatting, clippy, rustdoc, checked queries, API document, front, dependencies, shell scripts
[group('check')]
lint: lint-rust lint-front lint-shell

[group('check')]
[private]
lint-rust:
    @scripts/need.sh rust
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet
    scripts/sqlx-data.sh check
    scripts/openapi.sh check
    if cargo deny --version >/dev/null 2>&1; then cargo deny --all-features check bans licenses sources; fi

[group('check')]
[private]
lint-front:
    @scripts/front.sh install
    npm --prefix clovers-front run check

[group('check')]
[private]
lint-shell:
    scripts/env-example.sh
    if command -v shellcheck >/dev/null; then shellcheck just .ci/run scripts/*.sh deploy/*.sh; fi

# Fuzz the parsers of scenes and meshes: ./just fuzz [SECONDS] [TARGET...]
[group('check')]
fuzz *ARGS:
    @scripts/fuzz.sh "$@"

# Render what the examples are compared with again, after an example or its meshes changed: about ten minutes
[group('check')]
references:
    cargo test --release --locked -p clovers --lib -- --ignored --nocapture render_the_references

# Measure the engine beside Embree and Mitsuba, one table: ./just bench [--quick] [--only intersect|paths|build|memory]
[group('bench')]
bench *ARGS:
    @scripts/bench.sh "$@"

# Prove the deployment: build it, render one picture through its front, take it down again
[group('check')]
prove-compose:
    @scripts/prove-compose.sh

# Format all code
[group('dev')]
fmt:
    cargo fmt --all
    scripts/front.sh install
    npm --prefix clovers-front run fix

# Run a command with fresh private Postgres and Redis servers: ./just servers psql
[group('dev')]
servers *CMD:
    @scripts/servers.sh "$@"

# Bring the database in DATABASE_URL up to date
[group('db')]
migrate:
    cargo run --package clovers-back --bin clovers-back -- migrate

# Write the checked query data in .sqlx/ anew, after a change of a query or a migration
[group('db')]
sqlx-prepare:
    @scripts/sqlx-data.sh prepare

# Write clovers-back/openapi.json and the front's types anew, after a change of the API
[group('dev')]
openapi:
    @scripts/openapi.sh write

# Write docs/scene.schema.json anew, after a change of the scene format
[group('dev')]
schema:
    @scripts/schema.sh
