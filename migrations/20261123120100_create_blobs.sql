-- Large bytes (pictures, meshes) in rows of 1 MiB, so that a range reads only what it asks for.
create table blobs (
    id uuid primary key,
    media_type text not null,
    bytes bigint not null check (bytes >= 0),
    sha256 bytea not null check (length(sha256) = 32),
    created_at timestamptz not null default now()
);

create table blob_chunks (
    blob_id uuid not null references blobs on delete cascade,
    chunk_no integer not null check (chunk_no >= 0),
    data bytea not null check (length(data) between 1 and 1048576),
    primary key (blob_id, chunk_no)
);

-- Pictures do not compress; out-of-line and uncompressed, a slice is read without the rest.
alter table blob_chunks alter column data set storage external;
