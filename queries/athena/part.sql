-- Title: Lines of access logs, with the fields of plain lines
-- Why: what is counted on Athena must be what `load` would count. So a line counts as plain only where its whole form leaves no
--   question: printable ASCII, today's quotes, every typed field of its type. `time` is NULL for any other line: those are few,
--   and pulled as they are for `load` to judge.
-- Needs: log_line
select
  path, line, time,
  split_part(line, ' ', 3) as elb,
  regexp_extract(line, '^(?:[!#-~]+ ){12}"(?:[ !#-~]*[ !#-\[\]-~])?" "(?:[ !#-~]*[ !#-\[\]-~])?" [!#-~]+ [!#-~]+ ([!#-~]+) ', 1) as target_group,
  -- When it was routed: request_creation_time, and `time` where that is absent.
  coalesce(
    nullif(
      regexp_extract(
        line,
        '^(?:[!#-~]+ ){12}"(?:[ !#-~]*[ !#-\[\]-~])?" "(?:[ !#-~]*[ !#-\[\]-~])?" [!#-~]+ [!#-~]+ [!#-~]+ "(?:[ !#-~]*[ !#-\[\]-~])?" "(?:[ !#-~]*[ !#-\[\]-~])?" "(?:[ !#-~]*[ !#-\[\]-~])?" [!#-~]+ ([0-9]{4}-[!#-~]+)', 1
      ),
      ''
    ),
    time
  ) as routed,
  -- Whether a rule answered so because it was told to: no failure below 500.
  case
    when split_part(line, ' ', 9) >= '400' and split_part(line, ' ', 9) < '500' then
      coalesce(
        regexp_extract(
          line,
          '^(?:[!#-~]+ ){12}"(?:[ !#-~]*[ !#-\[\]-~])?" "(?:[ !#-~]*[ !#-\[\]-~])?" [!#-~]+ [!#-~]+ [!#-~]+ "(?:[ !#-~]*[ !#-\[\]-~])?" "(?:[ !#-~]*[ !#-\[\]-~])?" "(?:[ !#-~]*[ !#-\[\]-~])?" [!#-~]+ [!#-~]+ "(?:[!#-~]*,)?(fixed-response)(?:,[!#-~]*)?" "[!#-~]*" "-"', 1
        ),
        ''
      ) <> ''
    else false
  end as is_fixed,
  split_part(line, ' ', 5) as target,
  split_part(line, ' ', 9) as elb_status,
  split_part(line, ' ', 10) as target_status,
  split_part(line, ' ', 11) as received,
  split_part(line, ' ', 12) as sent,
  -- Each field as one sign, with a blank between them.
  (length(replace_all(line, '"[^"]*"|[^ "]+', 'x')) + 1) / 2 as fields
from (
  select
    path, line,
    nullif(
      regexp_extract(
        line,
        '^[!#-~]+ ((?:19[7-9][0-9]|2[01][0-9]{2})-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{6}Z) [!#-~]+ (?:-|[!#-~]+:(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])) (?:-|[!#-~]+:(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])) (?:-1|-|[0-9]{1,6}[.][0-9]{1,6}) (?:-1|-|[0-9]{1,6}[.][0-9]{1,6}) (?:-1|-|[0-9]{1,6}[.][0-9]{1,6}) (?:-|[1-9][0-9]{2}) (?:-|[1-9][0-9]{2}) (?:-|[0-9]{1,15}) (?:-|[0-9]{1,15}) "(?:[ !#-~]*[ !#-\[\]-~])?" "(?:[ !#-~]*[ !#-\[\]-~])?" [!#-~]+ [!#-~]+ [!#-~]+ "(?:[ !#-~]*[ !#-\[\]-~])?" "(?:[ !#-~]*[ !#-\[\]-~])?" "(?:[ !#-~]*[ !#-\[\]-~])?" (?:-1|-|[0-9]{1,9}) (?:-|(?:19[7-9][0-9]|2[01][0-9]{2})-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{6}Z)(?: (?:"(?:[ !#-~]*[ !#-\[\]-~])?"|[!#-~]+))*$',
        1
      ),
      ''
    ) as time
  from log_line
) formed
