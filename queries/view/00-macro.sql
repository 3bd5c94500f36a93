-- Title: Functions with another spelling on each engine
-- Why: everything below this file is a portable subset of SQL; another engine needs only its own spelling of these.
-- Needs: nothing

-- Seconds from a to b, to the microsecond.
create or replace macro seconds_between(a, b) as (epoch_us(b) - epoch_us(a)) / 1e6;

-- Whether `word` is one of the words of a comma list.
create or replace macro contains_word(list, word) as ',' || coalesce(list, '') || ',' like '%,' || word || ',%';

-- The later and the earlier of two times; an absent one does not count.
create or replace macro later(a, b) as case when a is null or b > a then b else a end;
create or replace macro earlier(a, b) as case when a is null or b < a then b else a end;

-- Seconds as people read them: 0.316 s.
create or replace macro seconds_text(seconds) as cast(round(seconds, 3) as varchar) || ' s';

-- 2023-01-07T09:22:42.870000Z
create or replace macro time_text(t) as strftime(t, '%Y-%m-%dT%H:%M:%S.%fZ');

-- The smallest value that a share of all values (0 to 1, a constant) does not exceed: the nearest rank. NULL does not count.
create or replace macro nearest_rank(x, share) as quantile_disc(x, share);

create or replace macro minute_of(t) as date_trunc('minute', t);
create or replace macro second_of(t) as date_trunc('second', t);
create or replace macro day_of(t) as date_trunc('day', t);

-- The owner of a pod by its name, else the pod's own name without the suffix that its owner gave it. Kubernetes makes these
-- suffixes of letters without vowels and of digits without 0, 1 and 3; a StatefulSet counts.
create or replace macro workload_name(owner_name, pod_name) as
  coalesce(owner_name, regexp_replace(pod_name, '(-[bcdfghjklmnpqrstvwxz2456789]{5}|-[0-9]{1,4})$', ''));

-- The Deployment (or StatefulSet, ...) of a pod: of a ReplicaSet its name without the hash.
create or replace macro deployment_name(owner_kind, owner_name, pod_name) as
  case
    when owner_kind = 'ReplicaSet' or owner_name is null
      then regexp_replace(
        workload_name(owner_name, pod_name), '-([bcdfghjklmnpqrstvwxz2456789]{5,10}|[a-z0-9]*[0-9][a-z0-9]*)$', ''
      )
    else owner_name
  end;

-- The words for a target of this kind, and for the beginning of its end.
create or replace macro kind_word(target_kind) as
  case target_kind when 'ecs_task' then 'task' when 'instance' then 'instance' when 'node_port' then 'node' else 'pod' end;
create or replace macro ending_word(target_kind) as
  case target_kind when 'ecs_task' then 'stopping' when 'instance' then 'termination' when 'node_port' then 'removal'
    else 'deletion' end;

-- The number with its noun: 1 pod, 2 pods.
create or replace macro counted(n, noun) as cast(n as varchar) || ' ' || noun || case when n = 1 then '' else 's' end;

create or replace macro array_join(list, separator) as array_to_string(list, separator);

-- Whether two pods are of different versions: of different ReplicaSets, or of different deployments of ECS.
create or replace macro is_other_version(workload, started_by, other_workload, other_started_by) as
  (workload <> other_workload or started_by <> other_started_by and started_by <> '' and other_started_by <> '');

-- Where `moment` lies against an interval: 'before' it, 'after' it, 'within' it, or NULL when the far side is not known.
-- At the far end counts as after: a request routed at the very moment of the deletion was routed to a terminating pod.
create or replace macro place(moment, earliest, latest) as
  case
    when moment >= latest then 'after'
    when moment < earliest then 'before'
    when latest is not null and moment is not null then 'within'
  end;

-- Whether the target had been deregistered when the balancer chose it.
create or replace macro told(routed_at, earliest, latest) as
  case when latest <= routed_at then 'yes' when earliest > routed_at then 'no' else 'unknown' end;

-- A time is narrow when it is known on both sides to a second: what a clock that prints whole seconds gives.
create or replace macro is_narrow(earliest, latest) as coalesce(seconds_between(earliest, latest) <= 1, false);

-- Whether a container serves a port: yes if it declares it, no if another container of the pod does, else maybe.
create or replace macro serves_port(port, own_ports, other_ports) as
  case
    when contains_word(own_ports, cast(port as varchar)) then 'yes'
    when contains_word(other_ports, cast(port as varchar)) then 'no'
    else 'maybe'
  end;

-- All matches of a pattern replaced by plain text.
create or replace macro replace_all(text, pattern, replacement) as regexp_replace(text, pattern, replacement, 'g');

-- Text as the client sent it: \xHH (or \x000000HH) are bytes of UTF-8. As logged where they are not.
create or replace macro unescape(text) as coalesce(
  try(
    url_decode(
      regexp_replace(
        replace(regexp_replace(text, '\\x000000([0-9a-fA-F]{2})', '\\x\1', 'g'), '%', '%25'),
        '\\x([0-9a-fA-F]{2})', '%\1', 'g'
      )
    )
  ),
  text
);

-- The first 80 characters of bytes, those that are not printable as \xHH.
create or replace macro bytes_head(b) as substr(cast(b as varchar), 1, 80);

-- A sentence of the view rule with its values put in: the template is cut before each name in braces, and `value` is an
-- expression over `name_of(part)`, computed for the names that the sentence has and no others. `finish` leaves out the parts in
-- brackets that hold an unknown value, and the brackets of the others.
create or replace macro name_of(part) as split_part(part, '}', 1);
create or replace macro fill(template, value) as
  array_to_string(
    list_transform(
      string_split(template, '{'),
      lambda part: case when contains(part, '}') then coalesce(value, '¤') || substr(part, length(name_of(part)) + 2) else part end
    ),
    ''
  );
create or replace macro finish(filled) as
  replace_all(
    replace(replace(replace(replace_all(filled, '\[[^\[\]]*¤[^\[\]]*\]', ''), '[', ''), ']', ''), '¤', '(unknown)'),
    '\.{2,}', '.'
  );
create or replace macro without_brackets(text) as replace(replace(text, '[', '('), ']', ')');

-- Ten minutes of the clock, the span in which failures are looked at together.
create or replace macro span_of(t) as
  date_trunc('hour', t) + cast(floor(extract(minute from t) / 10) as integer) * interval '10' minute;

-- Definition of a failure in reports: a 5xx from the balancer, or any failed request with a target that was going away.
create or replace macro is_failure(mechanism, cause, elb_status_code) as
  (cause is not null or mechanism not in ('target_error', 'client_closed') and elb_status_code >= 500);
