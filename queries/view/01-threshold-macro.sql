-- Title: Every threshold that a rule compares with, by its name
-- Why: one place for the numbers. Seconds, unless the name says otherwise. The same on every engine.
-- Needs: nothing

-- Clocks of API server, node and balancer differ by up to this much.
create or replace macro clock_slack() as interval '2' second;
-- A clock that prints whole seconds is right to this much.
create or replace macro clock_tick() as interval '1' second;
-- A listing of targets may lag behind a call by this much.
create or replace macro listing_lag() as interval '2' second;
-- A pod that is gone within this much of its deletion was deleted with grace 0: its containers run on, for up to
-- forced_exit().
create or replace macro forced_deletion() as interval '2' second;
create or replace macro forced_exit() as interval '30' second;

-- The connect timeout of the balancer is 10 s.
create or replace macro connect_timeout_from_seconds() as 9.5e0;
create or replace macro connect_timeout_until_seconds() as 12;
-- A keep-alive race is over within this much of the routing.
create or replace macro race_seconds() as 0.05e0;

-- The deregistration delay where no setting is known, and the longest that there is.
create or replace macro default_delay_seconds() as 300;
create or replace macro longest_delay() as interval '3600' second;
-- A target that went within this much of the routing is the likelier owner of an address than the pod that just begins.
create or replace macro default_delay() as interval '300' second;
-- An interval of the end of a deregistration delay that is wider than this settles nothing.
create or replace macro delay_end_width_seconds() as 5;

-- A pod that takes longer than this from its start to its readiness may have been ready in between.
create or replace macro slow_start() as interval '300' second;
-- A container that died is back after this much where nothing says more.
create or replace macro restart_pause() as interval '30' second;
-- Somebody who answers this much after a pod's end is another pod.
create or replace macro next_owner_pause() as interval '10' second;
-- A target that is registered again within this much may be the next pod's.
create or replace macro next_registration_pause() as interval '90' second;
-- A deletion that follows a deregistration within this much belongs to it.
create or replace macro deletion_lag() as interval '5' second;
-- A target that was seen healthy this much after a failure was not deleted by then: deletions reach the balancer sooner.
create or replace macro health_margin() as interval '120' second;
-- A target that is registered again within this much was taken out for a while.
create or replace macro return_pause() as interval '600' second;

-- The control plane calls a silent node NotReady after 40 s by default: its silence began up to this much before.
create or replace macro node_notice() as interval '60' second;
-- A group replaces an instance that fails the status checks of EC2 up to this much after it was lost.
create or replace macro status_check_notice() as interval '300' second;
-- Status checks pass for up to this much after an instance was lost.
create or replace macro status_check_lag() as interval '150' second;
-- Lives that fall silent within this much of each other fell silent together; others answer within it.
create or replace macro silence_window() as interval '60' second;
-- A response timeout says nothing of a target that answered this much before.
create or replace macro last_sign() as interval '5' second;
-- A node that is silent makes its pods unready within this much.
create or replace macro unready_notice() as interval '75' second;

-- Traffic alone: how far it looks around a failure, and how many answers must have been due for their absence to count.
create or replace macro traffic_window() as interval '600' second;
create or replace macro traffic_window_seconds() as 600;
create or replace macro due_answers() as 5;
-- A target that was deregistered is still chosen for less than the first of these; one that is chosen in between was not.
create or replace macro late_routing_from() as interval '20' second;
create or replace macro late_routing_until() as interval '30' second;
-- A target with fewer answers than this in traffic_window() may well not be chosen between these two.
create or replace macro rare_answers() as 30;
-- Events are kept for an hour by default; pods take no longer than this to end.
create or replace macro event_age() as interval '3600' second;
create or replace macro longest_termination() as interval '600' second;
-- A target is new for this long after its first answer.
create or replace macro new_target_age() as interval '60' second;
-- A target that answers for the first time when its group had been answering for this long was not there before.
create or replace macro new_target_silence() as interval '30' second;
-- Failures of one kind that a pattern needs.
create or replace macro pattern_failures() as 5;
-- Failures that all met one target point at it when chance would do that no more than once in so many times.
create or replace macro pattern_odds() as 100e0;

-- Deletions of one workload with no longer pause than this are one rollout; failures of one group, one incident.
create or replace macro rollout_pause_seconds() as 600;
create or replace macro incident_pause_seconds() as 300;

-- Keep-alive races with a gap that a measured idle timeout rests on.
create or replace macro least_races() as 5;
-- The gaps of races agree when this share of them lies close above their lower edge, which is at least one second: in
-- shorter ones nothing was idle.
create or replace macro agreeing_share() as 0.8e0;
create or replace macro least_idle_seconds() as 1;

-- Advice rests on at least so many terminated pods, and requests that were routed to them.
create or replace macro least_advice_pods() as 10;
create or replace macro least_late_requests() as 50;
-- A deregistration that comes later than this after the deletion is late: a controller usually needs a second or two.
create or replace macro usual_deregistration_seconds() as 5;
-- An application whose requests are cut, and that ends this soon after SIGTERM, does not finish them.
create or replace macro abrupt_exit_seconds() as 2;
-- The grace period of a pod that sets none.
create or replace macro default_grace_seconds() as 30;
-- An advised grace period is longer than the sleep and the longest request by this much.
create or replace macro grace_margin_seconds() as 5;

-- ECS deregisters a task that its scheduler stops no sooner than this after it has decided to, as a rule; a call that came
-- before the decision, clocks allowed for, was about something else.
create or replace macro usual_stop_lead() as interval '8' second;
create or replace macro stop_lead() as interval '10' second;

-- The proxy of a node may choose a pod for this long after the pod has ended.
create or replace macro proxy_lag() as interval '5' second;
