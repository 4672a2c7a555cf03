//! Large bytes in rows of 1 MiB. Where they live is decided in this module only.

use std::ops::Range;

use bytes::Bytes;
use futures::Stream;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, StoreError};

const CHUNK_BYTES: usize = 1 << 20;
/// Chunks sent in one statement.
const CHUNKS_PER_INSERT: usize = 8;

/// Names stored bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobId(pub Uuid);

/// What is known of stored bytes without reading them.
#[derive(Clone, Debug)]
pub struct Blob {
    pub id: BlobId,
    pub media_type: String,
    pub bytes: u64,
    pub sha256: Vec<u8>,
}

/// Stores `data`; the blob exists when the transaction commits.
pub(super) async fn insert(
    connection: &mut PgConnection,
    media_type: &str,
    data: &[u8],
) -> Result<BlobId, StoreError> {
    let id = Uuid::now_v7();
    let sha256 = Sha256::digest(data);
    let bytes = i64::try_from(data.len())
        .map_err(|_| StoreError::Unreadable("a blob is too large".to_owned()))?;
    sqlx::query!(
        "insert into blobs (id, media_type, bytes, sha256) values ($1, $2, $3, $4)",
        id,
        media_type,
        bytes,
        sha256.as_slice(),
    )
    .execute(&mut *connection)
    .await?;

    let chunks: Vec<&[u8]> = data.chunks(CHUNK_BYTES).collect();
    for (group_no, group) in chunks.chunks(CHUNKS_PER_INSERT).enumerate() {
        let first_no = i32::try_from(group_no * CHUNKS_PER_INSERT).unwrap_or(i32::MAX);
        let numbers: Vec<i32> = (first_no..).take(group.len()).collect();
        let group: Vec<Vec<u8>> = group.iter().map(|chunk| chunk.to_vec()).collect();
        sqlx::query!(
            r#"
            insert into blob_chunks (blob_id, chunk_no, data)
            select $1, chunk_no, data
            from unnest($2::integer[], $3::bytea[]) as chunk (chunk_no, data)
            "#,
            id,
            &numbers,
            &group,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(BlobId(id))
}

pub(super) async fn delete(connection: &mut PgConnection, ids: &[Uuid]) -> Result<(), StoreError> {
    sqlx::query!("delete from blobs where id = any($1)", ids)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// The facts of a blob.
    pub async fn blob(&self, id: BlobId) -> Result<Option<Blob>, StoreError> {
        let row = sqlx::query!(
            "select media_type, bytes, sha256 from blobs where id = $1",
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Blob {
            id,
            media_type: row.media_type,
            bytes: u64::try_from(row.bytes).unwrap_or(0),
            sha256: row.sha256,
        }))
    }

    /// The bytes of a range, chunk by chunk; only what the range covers is read.
    pub fn read_blob(
        &self,
        id: BlobId,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, StoreError>> + Send + 'static {
        let store = self.clone();
        futures::stream::try_unfold(range, move |rest| {
            let store = store.clone();
            async move {
                if rest.is_empty() {
                    return Ok(None);
                }
                let chunk_bytes = CHUNK_BYTES as u64;
                let (chunk_no, from) = (rest.start / chunk_bytes, rest.start % chunk_bytes);
                let length = (chunk_bytes - from).min(rest.end - rest.start);
                let data = store.blob_slice(id, chunk_no, from, length).await?;
                Ok(Some((data, rest.start + length..rest.end)))
            }
        })
    }

    /// A blob in memory, for those that are known to be small enough.
    pub async fn whole_blob(&self, id: BlobId) -> Result<Vec<u8>, StoreError> {
        let chunks = sqlx::query_scalar!(
            "select data from blob_chunks where blob_id = $1 order by chunk_no",
            id.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(chunks.concat())
    }

    async fn blob_slice(
        &self,
        id: BlobId,
        chunk_no: u64,
        from: u64,
        length: u64,
    ) -> Result<Bytes, StoreError> {
        let small = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        let data = sqlx::query_scalar!(
            r#"
            select substring(data from $3 for $4) as "data!"
            from blob_chunks
            where blob_id = $1 and chunk_no = $2
            "#,
            id.0,
            small(chunk_no),
            small(from + 1),
            small(length),
        )
        .fetch_optional(&self.pool)
        .await?;
        match data {
            Some(data) if data.len() as u64 == length => Ok(data.into()),
            _ => Err(StoreError::Unreadable(format!(
                "chunk {chunk_no} of blob {} is gone",
                id.0
            ))),
        }
    }
}
