CREATE TABLE IF NOT EXISTS `g1_series_ItemActivity_local` ON CLUSTER `main-cluster` (
  `item` String,
  `__bucket` DateTime64(3, 'UTC'),
  `__partition` UInt32,
  `__epoch` Int64,
  `__to` Int64,
  `views` Int64,
  `total` Int64,
  `least` Nullable(Int64),
  `most` Nullable(Int64),
  `visitors` Array(UInt32),
  `hottest` Nullable(Float64)
)
ENGINE = ReplicatedReplacingMergeTree(`__to`)
ORDER BY (`item`, `__bucket`, `__partition`, `__epoch`)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS `g1_series_ItemActivity` ON CLUSTER `main-cluster` (
  `item` String,
  `__bucket` DateTime64(3, 'UTC'),
  `__partition` UInt32,
  `__epoch` Int64,
  `__to` Int64,
  `views` Int64,
  `total` Int64,
  `least` Nullable(Int64),
  `most` Nullable(Int64),
  `visitors` Array(UInt32),
  `hottest` Nullable(Float64)
)
ENGINE = Distributed(`main-cluster`, `one-fold`, `g1_series_ItemActivity_local`);
