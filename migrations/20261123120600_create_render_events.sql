-- The story of each render, kept when the task becomes a result.
create table render_events (
    id bigint generated always as identity primary key,
    render_id uuid not null,
    at timestamptz not null default clock_timestamp(),
    kind text not null,
    tile_no integer,
    worker_id uuid,
    attempt integer,
    detail text
);

create index render_events_story on render_events (render_id, id);
