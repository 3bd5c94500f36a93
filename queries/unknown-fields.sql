-- Title: Fields unknown to this version
-- Group: is the data complete
-- Why: AWS adds fields at the end of the line without notice; they appear here first.
-- Needs: alb_log
-- Cost: one scan of all rows, one column.
select field_count, count(*) as lines, min(time) as first_time, max(time) as last_time, min(extra) as example
from alb_log
where extra is not null
group by field_count
order by field_count
