-- Title: Numbers of a unit
-- Why: `load --emit` writes them into the manifest, and says them.
-- Needs: log_object, failure
select o.objects, o."rows", f.failures
from (select count(*) as objects, coalesce(sum("rows"), 0) as "rows" from log_object) o
cross join (select count(*) as failures from failure) f
