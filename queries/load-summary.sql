-- Title: Loaded objects, by kind
-- Group: is the data complete
-- Why: for each kind of object its number and size, and whether every line is accounted for.
-- Needs: log_object
-- Cost: one scan of the ledger.
select
  kind, status, count(*) as objects, sum(size) as bytes, sum(lines) as lines, sum("rows") as "rows",
  sum(rejected) as rejected, sum(lines) - sum("rows") - sum(rejected) as unaccounted,
  sum(extra_fields) as extra_fields, min(first_time) as first_time, max(last_time) as last_time,
  max(loaded_at) as last_loaded_at
from log_object
group by kind, status
order by kind, status
