-- Finished renders: final and never changed, only removed.
create table render_results (
    id uuid primary key,
    owner_key_id uuid,
    name text,
    state text not null check (state in ('done', 'failed', 'cancelled')),
    reason text,
    priority text not null,
    request bytea not null,
    request_format smallint not null,
    asset_pins jsonb not null,
    warnings jsonb not null,
    width integer not null,
    height integer not null,
    samples integer not null,
    max_depth integer not null,
    engine text,
    tiles_done integer not null,
    tiles_total integer not null,
    pixels_done bigint not null,
    picture_blob_id uuid references blobs,
    thumbnail_blob_id uuid references blobs,
    exr_blob_id uuid references blobs,
    -- What was done when the render was cancelled or failed.
    partial_blob_id uuid references blobs,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz not null default now(),
    check (state <> 'done' or (picture_blob_id is not null and thumbnail_blob_id is not null)),
    check ((state = 'failed') = (reason is not null))
);

alter table render_results alter column request set storage external;
-- Removing a blob asks whether a result still needs it.
create index render_results_picture on render_results (picture_blob_id);
create index render_results_thumbnail on render_results (thumbnail_blob_id);
create index render_results_exr on render_results (exr_blob_id) where exr_blob_id is not null;
create index render_results_partial on render_results (partial_blob_id) where partial_blob_id is not null;
create index render_results_newest on render_results (finished_at desc, id desc);
