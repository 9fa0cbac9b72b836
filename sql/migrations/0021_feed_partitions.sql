-- after functions
-- Partitions of the feed for the coming days; maintenance makes the later ones.
select tenantry_runtime.make_partitions();
