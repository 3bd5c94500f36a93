-- Title: One row per life of a pod, by its short name
-- Why: the first thing that people type. The same rows as pod_life.
-- Needs: pod_life
select * from pod_life
