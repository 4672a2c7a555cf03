-- One row per worker process. The row is the worker's lease: its heartbeat moves `lease_expires_at`, and only the
-- database's clock judges it. Tiles point here by `worker_id`, without a foreign key: a dead worker's row may be swept.
create table workers (
    id uuid primary key,
    kind text not null check (kind in ('batch')),
    host text not null,
    engine text not null,
    state text not null check (state in ('idle', 'rendering', 'stopping')),
    started_at timestamptz not null default now(),
    lease_expires_at timestamptz not null
);

-- Roles that one process at a time may hold, such as the rescuer's.
create table leases (
    name text primary key,
    holder uuid not null,
    expires_at timestamptz not null
);
