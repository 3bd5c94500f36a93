-- Title: Websockets closed by the termination of their pod
-- Group: who was affected
-- Why: a dropped websocket is a 101 like any other in the log, yet a user lost a connection. It counts when it was opened
--   before the deletion and closed between the deletion and a second after the exit.
-- Needs: routed
-- Athena: fetched
-- Cost: one scan of the rows of type ws and wss, joined with the pods.
select
  pod_namespace, workload, pod_name, deleted_latest as deleted_at, exited_latest as exited_at,
  count(*) as closed,
  min(time) as first_closed, max(time) as last_closed,
  round(max(elapsed), 3) as longest_open_seconds
from routed
where type in ('ws', 'wss')
  and elb_status_code = 101
  and request_creation_time < deleted_latest
  and time >= coalesce(deleted_earliest, deleted_latest)
  and time <= coalesce(exited_latest, deleted_latest + coalesce(termination_grace_period_seconds, 30) * interval '1' second)
    + interval '1' second
group by pod_namespace, workload, pod_name, deleted_latest, exited_latest
order by deleted_at desc, pod_name
