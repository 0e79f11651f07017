CREATE TABLE IF NOT EXISTS `g1_fences_local` ON CLUSTER `main-cluster` (
  `partition` String,
  `to` Int64
)
ENGINE = ReplicatedReplacingMergeTree(`to`)
ORDER BY (`partition`);

CREATE TABLE IF NOT EXISTS `g1_fences` ON CLUSTER `main-cluster` (
  `partition` String,
  `to` Int64
)
ENGINE = Distributed(`main-cluster`, `one-fold`, `g1_fences_local`);
