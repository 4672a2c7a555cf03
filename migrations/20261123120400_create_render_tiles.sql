-- The units of work of a live render. `pixels` tiles cut the frame; the one `assembly` row, added when they are all
-- done, makes the picture. It is claimed, leased, retried and rescued like any tile.
create table render_tiles (
    task_id uuid not null references render_tasks on delete cascade,
    tile_no integer not null check (tile_no >= 0),
    kind text not null check (kind in ('pixels', 'assembly')),
    x integer not null check (x >= 0),
    y integer not null check (y >= 0),
    width integer not null check (width > 0),
    height integer not null check (height > 0),
    state text not null default 'ready' check (state in ('ready', 'leased', 'done')),
    -- Grows with each claim. A write that carries another number than the current one is discarded.
    lease_no integer not null default 0,
    worker_id uuid,
    failures integer not null default 0,
    not_before timestamptz not null default now(),
    pixels bytea,
    primary key (task_id, tile_no),
    check ((state = 'leased') = (worker_id is not null)),
    check ((state = 'done') = (pixels is not null))
);

-- The codec has compressed them already.
alter table render_tiles alter column pixels set storage external;
create index render_tiles_ready on render_tiles (task_id, tile_no) where state = 'ready';
create index render_tiles_leased on render_tiles (worker_id) where state = 'leased';
