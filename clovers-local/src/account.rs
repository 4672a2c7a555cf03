//! The user that Postgres runs as when we are root, whom Postgres refuses.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use tokio::process::Command;

/// A user of this machine, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// The user Postgres must run as: `None` (ourselves) unless we are root; then `postgres` if
    /// there is such a user, else `nobody`.
    pub(crate) fn for_postgres() -> Result<Option<Account>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let users = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
        let account = ["postgres", "nobody"]
            .iter()
            .find_map(|name| find_account(&users, name))
            .context("Postgres refuses to run as root, and there is neither a user `postgres` nor `nobody`")?;
        Ok(Some(account))
    }

    /// Whether this user can work in `folder`, which it owns: every folder above must let it pass.
    pub(crate) async fn can_work_in(&self, folder: &Path) -> bool {
        let mut probe = Command::new("/bin/sh");
        probe
            .args([
                OsStr::new("-c"),
                OsStr::new("cd \"$0\" && : > .probe && rm .probe"),
                folder.as_os_str(),
            ])
            .current_dir("/")
            .uid(self.uid)
            .gid(self.gid)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        probe.status().await.is_ok_and(|status| status.success())
    }
}

fn find_account(users: &str, name: &str) -> Option<Account> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let _password = fields.next()?;
        Some(Account {
            name: name.to_owned(),
            uid: fields.next()?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        let account = find_account(users, "postgres").expect("there is one");
        assert_eq!((account.uid, account.gid), (101, 104));
        assert_eq!(find_account(users, "nobody"), None);
    }
}
