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

const worker :Workerd.Worker = (
  modules = Modules.modules,
  compatibilityDate = "2025-01-01",
  bindings = [(name = "LEDGER", durableObjectNamespace = (className = "LedgerObject", serviceName = "ledger"))],
);

# An isolate of its own: Rust's tasks share one queue, and workerd does not let a task of
# a Durable Object touch what belongs to a request outside of it.
const ledger :Workerd.Worker = (
  modules = Modules.modules,
  compatibilityDate = "2025-01-01",
  durableObjectNamespaces = [(className = "LedgerObject", uniqueKey = "ledger", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
);
