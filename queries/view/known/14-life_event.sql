-- Title: What else evidence says of a life
-- Why: restarts, warnings, lost readiness and the beginning of an end explain much around a request; a database keeps these few
--   rows, not all facts.
-- Needs: life_fact
select distinct life, event, container, reason, detail, earliest, latest
from life_fact
where event in ('restarted', 'warned', 'unready', 'stopping')
