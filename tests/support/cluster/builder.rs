//! What a cluster is made of, before it starts.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Mutex;

use crate::cluster::{Cluster, data_directory};
use crate::installation::Installation;
use crate::private_folder;

/// Small, as many run at once on few cores, and not durable, as none of them outlives its test.
const DEFAULTS: [(&str, &str); 11] = [
    ("listen_addresses", "127.0.0.1"),
    ("shared_buffers", "32MB"),
    ("max_connections", "50"),
    ("fsync", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_line_prefix", "%m [%p] %b %d: "),
    ("log_checkpoints", "off"),
    ("lc_messages", "C"),
    ("unix_socket_permissions", "0777"),
    ("shared_preload_libraries", "dify_observe"),
];

pub struct Builder {
    settings: BTreeMap<String, String>,
    environment: Vec<(String, String)>,
    own_identity: bool,
}

impl Builder {
    pub(super) fn new(name: &str) -> Builder {
        let defaults = DEFAULTS.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let builder = Builder {
            settings: defaults.into(),
            environment: Vec::new(),
            own_identity: false,
        };
        builder.conf("cluster_name", name)
    }

    /// Whether the extension is in `shared_preload_libraries`; it is, unless told otherwise.
    pub fn preload(self, preload: bool) -> Builder {
        self.conf(
            "shared_preload_libraries",
            if preload { "dify_observe" } else { "" },
        )
    }

    /// Export switched on to this endpoint, metrics once a second.
    pub fn exports_to(self, endpoint: &str) -> Builder {
        self.conf("dify_observe.enabled", "on")
            .conf("dify_observe.telemetry_enabled", "on")
            .conf("dify_observe.otlp_endpoint", endpoint)
            .conf("dify_observe.metric_interval", "1s")
    }

    /// A line of postgresql.conf.
    pub fn conf(mut self, key: &str, value: &str) -> Builder {
        self.settings.insert(key.to_owned(), value.to_owned());
        self
    }

    /// A variable of the server's environment, which holds nothing of ours.
    pub fn env(mut self, name: &str, value: &str) -> Builder {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A system identifier that no other cluster has; takes a second.
    pub fn own_identity(mut self) -> Builder {
        self.own_identity = true;
        self
    }

    /// Starts it and waits until it takes connections; panics with the server's log when it does not.
    #[track_caller]
    pub fn start(self) -> Cluster {
        let installation = Installation::found();
        let folder = private_folder::create(installation);
        data_directory::create(installation, &folder.path().join("data"), self.own_identity);
        let mut cluster = Cluster {
            installation,
            port: 0,
            settings: Mutex::new(self.settings),
            environment: self.environment,
            folder: Some(folder),
        };
        cluster.include_settings();
        cluster.start_on_a_free_port();
        cluster
    }
}

/// Free now; somebody may still take it before the server does.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}
