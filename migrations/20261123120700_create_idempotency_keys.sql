-- A repeated `POST /render` with the same key answers with the same render; kept for 24 hours. Without an owner
-- (no access control) the key is unique as it stands.
create table idempotency_keys (
    owner_key_id uuid,
    key text not null check (length(key) between 1 and 200),
    body_sha256 bytea not null check (length(body_sha256) = 32),
    render_id uuid not null,
    created_at timestamptz not null default now(),
    unique nulls not distinct (owner_key_id, key)
);

create index idempotency_keys_render on idempotency_keys (render_id);
create index idempotency_keys_age on idempotency_keys (created_at);
