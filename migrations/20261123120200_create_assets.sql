-- Meshes by content. `triangles` and `bounds` are facts read when the content was stored, so that a submission is
-- checked without parsing the mesh again. `bounds` is min x, y, z, max x, y, z.
create table assets (
    sha256 bytea primary key check (length(sha256) = 32),
    owner_key_id uuid,
    format text not null check (format in ('stl', 'ply', 'gltf')),
    bytes bigint not null check (bytes > 0),
    triangles bigint not null check (triangles >= 0),
    bounds double precision[] not null check (cardinality(bounds) = 6),
    blob_id uuid not null references blobs,
    created_at timestamptz not null default now()
);

create index assets_blob on assets (blob_id);

-- One content may have several names; of a name, the newest content counts.
create table asset_names (
    id bigint generated always as identity primary key,
    owner_key_id uuid,
    name text not null check (length(name) between 1 and 200),
    sha256 bytea not null references assets on delete cascade,
    created_at timestamptz not null default now()
);

create index asset_names_newest on asset_names (name, id desc);
create index asset_names_sha256 on asset_names (sha256);
