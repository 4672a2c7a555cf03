//! Meshes by content, and the names people gave them.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{BlobId, Store, StoreError, blobs};

/// A mesh to be kept; its facts were read by parsing it.
#[derive(Debug)]
pub struct NewAsset<'a> {
    pub name: &'a str,
    /// `stl`, `ply` or `gltf`.
    pub format: &'a str,
    pub data: &'a [u8],
    pub triangles: u64,
    /// Min x, y, z, max x, y, z.
    pub bounds: [f64; 6],
}

/// What a scene's `path` resolved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Of the content, in lower-case hexadecimal.
    pub sha256: String,
    pub format: String,
    pub blob_id: BlobId,
}

/// An asset as the list shows it.
#[derive(Clone, Debug)]
pub struct AssetListing {
    pub sha256: String,
    pub name: Option<String>,
    pub format: String,
    pub bytes: i64,
    pub triangles: i64,
    pub bounds: Vec<f64>,
    pub created_at: DateTime<Utc>,
}

impl Store {
    /// Keeps a mesh under a name, its content once however many names it has. True if the content is new.
    pub async fn put_asset(&self, asset: NewAsset<'_>) -> Result<bool, StoreError> {
        let sha256 = Sha256::digest(asset.data);
        let mut transaction = self.pool.begin().await?;
        // Two processes that seed the same content at the same time take turns.
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended('assets', 0))")
            .fetch_one(&mut *transaction)
            .await?;

        let known =
            sqlx::query_scalar!("select 1 from assets where sha256 = $1", sha256.as_slice())
                .fetch_optional(&mut *transaction)
                .await?
                .is_some();
        if !known {
            let blob_id =
                blobs::insert(&mut transaction, "application/octet-stream", asset.data).await?;
            sqlx::query!(
                r#"
                insert into assets (sha256, format, bytes, triangles, bounds, blob_id)
                values ($1, $2, $3, $4, $5, $6)
                "#,
                sha256.as_slice(),
                asset.format,
                i64::try_from(asset.data.len()).unwrap_or(i64::MAX),
                i64::try_from(asset.triangles).unwrap_or(i64::MAX),
                &asset.bounds,
                blob_id.0,
            )
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query!(
            r#"
            insert into asset_names (name, sha256)
            select $1, $2
            where $2 is distinct from (select sha256 from asset_names where name = $1 order by id desc limit 1)
            "#,
            asset.name,
            sha256.as_slice(),
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(!known)
    }

    /// The asset a scene's `path` means: `sha256:HEX`, or the newest content of a name.
    pub async fn resolve_asset(&self, path: &str) -> Result<Option<Asset>, StoreError> {
        let sha256 = match path.strip_prefix("sha256:") {
            Some(digits) => match hex::decode(digits) {
                Ok(sha256) if sha256.len() == 32 => Some(sha256),
                _ => return Ok(None),
            },
            None => {
                sqlx::query_scalar!(
                    "select sha256 from asset_names where name = $1 order by id desc limit 1",
                    path,
                )
                .fetch_optional(&self.pool)
                .await?
            }
        };
        let Some(sha256) = sha256 else {
            return Ok(None);
        };
        let row = sqlx::query!(
            "select format, blob_id from assets where sha256 = $1",
            sha256
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Asset {
            sha256: hex::encode(&sha256),
            format: row.format,
            blob_id: BlobId(row.blob_id),
        }))
    }

    /// All assets by their newest name, newest content first.
    pub async fn assets(&self, limit: i64) -> Result<Vec<AssetListing>, StoreError> {
        let rows = sqlx::query!(
            r#"
            select
                a.sha256, a.format, a.bytes, a.triangles, a.bounds, a.created_at,
                (select name from asset_names n where n.sha256 = a.sha256 order by n.id desc limit 1) as name
            from assets a
            order by a.created_at desc, a.sha256
            limit $1
            "#,
            limit,
        )
        .fetch_all(&self.pool)
        .await?;
        let listings = rows.into_iter().map(|row| AssetListing {
            sha256: hex::encode(row.sha256),
            name: row.name,
            format: row.format,
            bytes: row.bytes,
            triangles: row.triangles,
            bounds: row.bounds,
            created_at: row.created_at,
        });
        Ok(listings.collect())
    }
}
