DROP TABLE IF EXISTS `g1_fences` ON CLUSTER `main-cluster` SYNC;

DROP TABLE IF EXISTS `g1_fences_local` ON CLUSTER `main-cluster` SYNC;
