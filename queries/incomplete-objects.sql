-- Title: Objects that are not completely loaded
-- Group: is the data complete
-- Why: lists damaged objects and skipped objects, each with the reason.
-- Param: limit integer = 100 -- at most this many objects
-- Needs: log_object
-- Cost: one scan of the ledger.
with ranked as (
  select o.*, row_number() over (order by status, uri, object_id) as position
  from log_object o
  where status <> 'complete'
)
select uri, kind, status, detail, size, lines, "rows", rejected
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
