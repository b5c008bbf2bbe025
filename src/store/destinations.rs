//! The foreign servers that are destinations.

use super::activity::full_xid;
use super::{Stored, optional, required, rows};
use crate::position::Xid;

/// A foreign server with its mapping for everyone.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Under which its progress is kept.
    pub key: String,
    pub name: String,
    /// The transaction that created it, or altered it last.
    pub xid: Xid,
    /// Whether its owner may create destinations; a server can be left behind by a role that has lost that right.
    pub permitted: bool,
    /// Whether its owner may read files of the server.
    pub reads_files: bool,
    pub options: Vec<(String, String)>,
    pub mapping: Vec<(String, String)>,
}

/// All of them, by name.
pub fn servers() -> Stored<Vec<Server>> {
    rows(
        "SELECT s.oid::text, s.srvname::text, pg_catalog.has_foreign_data_wrapper_privilege(s.srvowner, s.srvfdw, 'USAGE'), \
           pg_catalog.pg_has_role(s.srvowner, 'pg_read_server_files', 'MEMBER'), s.srvoptions, u.umoptions, \
           s.xmin::text::bigint, pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint \
         FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw \
           LEFT JOIN pg_catalog.pg_user_mapping u ON u.umserver = s.oid AND u.umuser = 0 \
         WHERE w.fdwname = 'dify_observe' ORDER BY s.srvname",
        &[],
        |row| {
            Ok(Server {
                key: required(row, 1)?,
                name: required(row, 2)?,
                xid: full_xid(required(row, 7)?, required(row, 8)?),
                permitted: required(row, 3)?,
                reads_files: required(row, 4)?,
                options: pairs(&optional::<Vec<String>>(row, 5)?.unwrap_or_default()),
                mapping: pairs(&optional::<Vec<String>>(row, 6)?.unwrap_or_default()),
            })
        },
    )
}

/// As catalogs keep options: `name=value`, and a name has no equals sign.
pub fn pairs(options: &[String]) -> Vec<(String, String)> {
    let pair = |option: &String| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        (name.to_owned(), value.to_owned())
    };
    options.iter().map(pair).collect()
}
