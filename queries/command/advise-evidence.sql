-- Title: Kinds of loaded evidence
-- Why: `advise` says which other evidence would narrow its numbers.
-- Needs: log_object
select distinct kind from log_object where kind is not null
