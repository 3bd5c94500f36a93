-- Title: Macros for Trino, the engine of Athena
-- Why: the same macros as queries/view/00-macro.sql, in the functions that Trino has. Athena cannot store macros, so
--   draintrace expands these before it sends a question. A test on a real Trino holds that both give the same rows.
-- Needs: nothing

-- Seconds from a to b, to the microsecond: microseconds since the epoch are whole in a double until 2255.
create or replace macro seconds_between(a, b) as
  (round(to_unixtime(b) * 1e6) - round(to_unixtime(a) * 1e6)) / 1e6;

create or replace macro contains_word(list, word) as (',' || coalesce(list, '') || ',') like ('%,' || word || ',%');

create or replace macro later(a, b) as case when a is null or b > a then b else a end;
create or replace macro earlier(a, b) as case when a is null or b < a then b else a end;

-- A cast of a double to text is 3.16E-1 here; a decimal is not, and has all its zeros.
create or replace macro seconds_text(seconds) as
  regexp_replace(cast(cast(round(seconds, 3) as decimal(18, 3)) as varchar), '(\.\d+?)0+$', '$1') || ' s';

create or replace macro time_text(t) as replace(cast(cast(t as timestamp(6)) as varchar), ' ', 'T') || 'Z';

create or replace macro nearest_rank(x, share) as
  element_at(array_sort(array_agg(x) filter (where x is not null)), cast(ceil(share * count(x)) as bigint));

create or replace macro minute_of(t) as date_trunc('minute', t);
create or replace macro second_of(t) as date_trunc('second', t);
create or replace macro day_of(t) as date_trunc('day', t);

create or replace macro workload_name(owner_name, pod_name) as
  coalesce(owner_name, regexp_replace(pod_name, '(-[bcdfghjklmnpqrstvwxz2456789]{5}|-[0-9]{1,4})$', ''));

create or replace macro deployment_name(owner_kind, owner_name, pod_name) as
  case
    when owner_kind = 'ReplicaSet' or owner_name is null
      then regexp_replace(
        workload_name(owner_name, pod_name), '-([bcdfghjklmnpqrstvwxz2456789]{5,10}|[a-z0-9]*[0-9][a-z0-9]*)$', ''
      )
    else owner_name
  end;

-- Whether two pods are of different versions: of different ReplicaSets, or of different deployments of ECS.
create or replace macro is_other_version(workload, started_by, other_workload, other_started_by) as
  (workload <> other_workload or started_by <> other_started_by and started_by <> '' and other_started_by <> '');

create or replace macro kind_word(target_kind) as
  case target_kind when 'ecs_task' then 'task' when 'instance' then 'instance' when 'node_port' then 'node' else 'pod' end;

create or replace macro ending_word(target_kind) as
  case target_kind when 'ecs_task' then 'stopping' when 'instance' then 'termination' when 'node_port' then 'removal'
    else 'deletion' end;

create or replace macro counted(n, noun) as cast(n as varchar) || ' ' || noun || case when n = 1 then '' else 's' end;

create or replace macro place(moment, earliest, latest) as
  case
    when moment >= latest then 'after'
    when moment < earliest then 'before'
    when latest is not null and moment is not null then 'within'
  end;

create or replace macro told(routed_at, earliest, latest) as
  case when latest <= routed_at then 'yes' when earliest > routed_at then 'no' else 'unknown' end;

create or replace macro is_narrow(earliest, latest) as coalesce(seconds_between(earliest, latest) <= 1, false);

create or replace macro serves_port(port, own_ports, other_ports) as
  case
    when contains_word(own_ports, cast(port as varchar)) then 'yes'
    when contains_word(other_ports, cast(port as varchar)) then 'no'
    else 'maybe'
  end;

create or replace macro replace_all(text, pattern, replacement) as regexp_replace(text, pattern, replacement);

-- Quotes and backslashes are escaped too, as DuckDB does.
create or replace macro bytes_head(b) as substr(
  array_join(
    transform(
      sequence(1, least(greatest(length(b), 1), 80)),
      i -> case
        when to_hex(substr(b, i, 1)) between '20' and '7E' and to_hex(substr(b, i, 1)) not in ('22', '27', '5C')
          then from_utf8(substr(b, i, 1))
        when length(b) = 0 then ''
        else '\x' || to_hex(substr(b, i, 1))
      end
    ),
    ''
  ),
  1, 80
);

-- Times as logs have them; NULL for a day that its month does not have.
create or replace macro time_of(text) as try_cast(replace(substr(text, 1, length(text) - 1), 'T', ' ') as timestamp(6));

-- A time of the lake, kept as microseconds since the epoch: Athena reads timestamps of files to the millisecond only. By
-- days, because nanoseconds since the epoch do not reach the years 1 and 9999.
create or replace macro time_of_micros(micros) as
  date_add('day', micros / 86400000000, cast(from_unixtime_nanos(micros % 86400000000 * 1000) at time zone 'UTC' as timestamp(6)));

-- The other way round, and a time cut to milliseconds: the views of the console have no other times.
create or replace macro micros_of_time(t) as cast(round(to_unixtime(t) * 1e6) as bigint);
create or replace macro millis_of_micros(micros) as cast(time_of_micros(micros / 1000 * 1000) as timestamp(3));

-- Logs that are not loaded have no numbers for their objects and lines. These are made of the object's address and of the
-- line's text: below 0, so that none is an object of the ledger; and whole in a double.
create or replace macro object_number(path) as
  cast(-1 - bitwise_and(from_big_endian_64(substr(md5(to_utf8(path)), 1, 8)), 2147483647) as integer);
create or replace macro line_number(line) as
  bitwise_and(from_big_endian_64(substr(md5(to_utf8(line)), 1, 8)), 9007199254740991);

-- Content that `load` rejects in any line: bytes that are not UTF-8 (read as U+FFFD), NUL, and more than 1 MiB.
create or replace macro contains_unreadable(line) as
  strpos(line, chr(65533)) > 0 or strpos(line, chr(0)) > 0 or length(line) > 1048576;

-- Fields of a line: quoted ones, bare ones, and empty ones between two blanks.
create or replace macro field_count(line) as
  cast(regexp_count(line, '"[^"]*(?:(?<=\\)"[^"]*)*"|[^" ][^ ]*|(?<= )(?= )|^(?= )') as smallint);

-- Method, URL and protocol of a request line, split as `load` does.
create or replace macro request_part(line, i) as
  nullif(nullif(regexp_extract(line, '(?s)^([^ ]*) ?(.*?)(?: (HTTP/[^ ]*|-))? *$', i), ''), '-');

create or replace macro name_of(part) as split_part(part, '}', 1);
create or replace macro fill(template, value) as
  array_join(
    transform(
      split(template, '{'),
      part -> case when strpos(part, '}') > 0 then coalesce(value, '¤') || substr(part, length(name_of(part)) + 2) else part end
    ),
    ''
  );
create or replace macro finish(filled) as
  replace_all(
    replace(replace(replace(replace_all(filled, '\[[^\[\]]*¤[^\[\]]*\]', ''), '[', ''), ']', ''), '¤', '(unknown)'),
    '\.{2,}', '.'
  );
create or replace macro without_brackets(text) as replace(replace(text, '[', '('), ']', ')');

create or replace macro span_of(t) as
  date_trunc('hour', t) + cast(floor(extract(minute from t) / 10) as integer) * interval '10' minute;

-- Definition of a failure in reports: a 5xx from the balancer, or any failed request with a target that was going away.
create or replace macro is_failure(mechanism, cause, elb_status_code) as
  (cause is not null or mechanism not in ('target_error', 'client_closed') and elb_status_code >= 500);
