# For `workerd serve config.capnp --directory-path=disk=DIR`, with a folder for the databases.
using Workerd = import "/workerd/workerd.capnp";
using Modules = import "modules.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "ledger", worker = .ledger),
    (name = "disk", disk = (writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

# Rust's tasks share one queue, so a promise may be made in one request's turn and kept in
# another's. Without the flag workerd drops what waits for it once the first has ended.
const flags :List(Text) = ["no_handle_cross_request_promise_resolution"];

const worker :Workerd.Worker = (
  modules = Modules.modules,
  compatibilityDate = "2025-01-01",
  compatibilityFlags = .flags,
  bindings = [(name = "LEDGER", durableObjectNamespace = (className = "LedgerObject", serviceName = "ledger"))],
);

# An isolate of its own: Rust's tasks share one queue, and workerd does not let a task of
# a Durable Object touch what belongs to a request outside of it.
const ledger :Workerd.Worker = (
  modules = Modules.modules,
  compatibilityDate = "2025-01-01",
  compatibilityFlags = .flags,
  durableObjectNamespaces = [(className = "LedgerObject", uniqueKey = "ledger", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
);
