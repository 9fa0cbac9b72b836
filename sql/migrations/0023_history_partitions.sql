-- after functions
-- Partitions of the history for this month and the next; maintenance makes the later ones.
select tenantry_runtime.turn_history();
