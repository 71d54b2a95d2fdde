# For `workerd serve config.capnp`.
using Workerd = import "/workerd/workerd.capnp";
using Modules = import "modules.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = Modules.modules,
  compatibilityDate = "2025-01-01",
  durableObjectNamespaces = [(className = "LedgerObject", uniqueKey = "ledger", enableSql = true)],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "LEDGER", durableObjectNamespace = "LedgerObject")],
);
