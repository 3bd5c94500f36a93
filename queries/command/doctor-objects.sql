-- Title: Number of loaded objects, and the latest row
-- Why: it shows whether the database is the one that was meant.
-- Needs: log_object
select count(*) as objects, coalesce(cast(max(last_time) as varchar), 'no time') as latest
from log_object
