-- Title: Rejected lines by reason
-- Group: is the data complete
-- Why: these lines are in the objects and in no table; `example` is the beginning of one such line.
-- Needs: rejected_line, log_object
-- Cost: one scan of rejected_line.
with counted as (
  select
    split_part(r.reason, ':', 1) as reason,
    count(*) as lines, count(distinct r.object_id) as objects,
    min(o.uri) as one_object, min(r.line) as lowest_line, max(r.length) as longest, min(r.raw) as first_raw
  from rejected_line r
  left join log_object o on o.object_id = r.object_id
  group by split_part(r.reason, ':', 1)
)
select reason, lines, objects, one_object, lowest_line, longest, bytes_head(first_raw) as example
from counted
order by lines desc, reason
