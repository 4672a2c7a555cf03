-- Submission order within a priority tier.
create sequence render_queue_numbers;

-- Live renders. A row leaves for `render_results` when it is finished; the id stays the same.
create table render_tasks (
    id uuid primary key,
    owner_key_id uuid,
    name text check (length(name) between 1 and 200),
    state text not null default 'queued' check (state in ('queued', 'rendering', 'assembling')),
    priority text not null check (priority in ('low', 'normal', 'high')),
    -- Order in the queue, smallest first; below 2^53, so that Redis keeps it exactly.
    queue_score double precision not null check (queue_score between 0 and 9007199254740992),
    -- The body exactly as submitted, and which parser understands it.
    request bytea not null,
    request_format smallint not null,
    asset_pins jsonb not null,
    warnings jsonb not null,
    width integer not null check (width > 0),
    height integer not null check (height > 0),
    samples integer not null check (samples > 0),
    max_depth integer not null check (max_depth > 0),
    exr boolean not null,
    -- Pinned by the first claim: all tiles of a picture come from the same renderer.
    engine text,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    check ((state = 'queued') = (started_at is null))
);

alter table render_tasks alter column request set storage external;
create unique index render_tasks_order on render_tasks (queue_score);
