CREATE TABLE IF NOT EXISTS `g1_dwd_Measured_local` ON CLUSTER `main-cluster` (
  `__partition` UInt32,
  `__offset` Int64,
  `__appendTime` DateTime64(3, 'UTC'),
  `__id` String,
  `id` String,
  `name` String,
  `ts` DateTime64(3, 'UTC'),
  `amount` Int64,
  `count` Int64,
  `ratio` Float64,
  `ok` Bool,
  `color` LowCardinality(String),
  `maybeName` Nullable(String),
  `maybeTime` Nullable(DateTime64(3, 'UTC')),
  `maybeCount` Nullable(Int64),
  `maybeColor` LowCardinality(Nullable(String)),
  `tags` Array(Nullable(String)),
  `maybeTags` Array(Nullable(String)),
  `__null_maybeTags` Bool,
  `times` Array(Nullable(DateTime64(3, 'UTC'))),
  `maybeCounts` Array(Nullable(Int64)),
  `__null_maybeCounts` Bool,
  `colors` Array(LowCardinality(Nullable(String)))
)
ENGINE = ReplicatedReplacingMergeTree()
ORDER BY (`__partition`, `__offset`)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS `g1_dwd_Measured` ON CLUSTER `main-cluster` (
  `__partition` UInt32,
  `__offset` Int64,
  `__appendTime` DateTime64(3, 'UTC'),
  `__id` String,
  `id` String,
  `name` String,
  `ts` DateTime64(3, 'UTC'),
  `amount` Int64,
  `count` Int64,
  `ratio` Float64,
  `ok` Bool,
  `color` LowCardinality(String),
  `maybeName` Nullable(String),
  `maybeTime` Nullable(DateTime64(3, 'UTC')),
  `maybeCount` Nullable(Int64),
  `maybeColor` LowCardinality(Nullable(String)),
  `tags` Array(Nullable(String)),
  `maybeTags` Array(Nullable(String)),
  `__null_maybeTags` Bool,
  `times` Array(Nullable(DateTime64(3, 'UTC'))),
  `maybeCounts` Array(Nullable(Int64)),
  `__null_maybeCounts` Bool,
  `colors` Array(LowCardinality(Nullable(String)))
)
ENGINE = Distributed(`main-cluster`, `one-fold`, `g1_dwd_Measured_local`);
