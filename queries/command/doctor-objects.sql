-- Title: Number of loaded objects, and the latest row
-- Why: shows whether this is the intended database.
-- Needs: log_object
select count(*) as objects, coalesce(cast(max(last_time) as varchar), 'no time') as latest
from log_object
