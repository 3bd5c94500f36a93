-- Title: Named thresholds of the rules
-- Why: one place for the numbers. The unit is seconds, unless the name has another. The same on every engine.
-- Needs: nothing

-- Clocks of API server, node and balancer differ by at most this.
create or replace macro clock_slack() as interval '2' second;
-- A target that fell silent for good within this time before its deletion may have been deleted by a clock that is ahead.
create or replace macro clock_doubt() as interval '15' second;
-- A clock is off by up to this; times that are further apart contradict each other for another reason.
create or replace macro longest_clock_offset() as interval '60' second;
-- A clock is off if at least this many targets contradict it, and agree about the offset to clock_spread_seconds().
create or replace macro least_clock_targets() as 3;
create or replace macro clock_spread_seconds() as 3;
-- Precision of a clock that prints whole seconds.
create or replace macro clock_tick() as interval '1' second;
-- A listing of targets may lag behind a call by this time.
create or replace macro listing_lag() as interval '2' second;
-- A pod that is gone within forced_deletion() of its deletion was deleted with grace 0: its containers continue to run for up
-- to forced_exit().
create or replace macro forced_deletion() as interval '2' second;
create or replace macro forced_exit() as interval '30' second;

-- The connect timeout of the balancer is 10 s; in a row it lasts between these two.
create or replace macro connect_timeout_from_seconds() as 9.5e0;
create or replace macro connect_timeout_until_seconds() as 12;
-- A keep-alive race ends within this time of the routing.
create or replace macro race_seconds() as 0.05e0;

-- The deregistration delay if no setting is known, and the longest that AWS allows.
create or replace macro default_delay_seconds() as 300;
create or replace macro longest_delay() as interval '3600' second;
-- A target that was removed within this time of the routing is a likelier owner of an address than a pod that just starts.
create or replace macro default_delay() as interval '300' second;
-- The end of a deregistration delay settles nothing if its interval is wider than this.
create or replace macro delay_end_width_seconds() as 5;

-- A pod that takes longer than this from its start to its readiness may have been ready in between.
create or replace macro slow_start() as interval '300' second;
-- A container that died is assumed to run again after this time.
create or replace macro restart_pause() as interval '30' second;
-- An answer later than this after a pod's end is from another pod.
create or replace macro next_owner_pause() as interval '10' second;
-- A target that is registered again within this time may belong to the next pod.
create or replace macro next_registration_pause() as interval '90' second;
-- A deletion within this time of a deregistration belongs to it.
create or replace macro deletion_lag() as interval '5' second;
-- A target that was healthy this long after a failure was not deleted before it: deletions reach the balancer sooner.
create or replace macro health_margin() as interval '120' second;
-- A target that is registered again within this time was out only for a while.
create or replace macro return_pause() as interval '600' second;

-- The control plane calls a silent node NotReady after 40 s by default: its silence began up to this time before.
create or replace macro node_notice() as interval '60' second;
-- A group replaces an instance that fails the status checks of EC2 up to this time after its loss.
create or replace macro status_check_notice() as interval '300' second;
-- Status checks pass for up to this time after the loss of an instance.
create or replace macro status_check_lag() as interval '150' second;
-- Pods that fell silent within this time of each other fell silent together; other pods answered in it.
create or replace macro silence_window() as interval '60' second;
-- A target that answered this short a time before a response timeout was not silent.
create or replace macro last_sign() as interval '5' second;
-- The pods of a silent node become unready within this time.
create or replace macro unready_notice() as interval '75' second;

-- Verdicts from traffic alone: the window around a failure, and the number of missing answers that counts as silence.
create or replace macro traffic_window() as interval '600' second;
create or replace macro traffic_window_seconds() as 600;
create or replace macro due_answers() as 5;
-- A deregistered target is chosen for less than late_routing_from(); a target that is chosen between the two was not deregistered.
create or replace macro late_routing_from() as interval '20' second;
create or replace macro late_routing_until() as interval '30' second;
-- A target with fewer answers than this in traffic_window() may by chance not be chosen between these two.
create or replace macro rare_answers() as 30;
-- The API server keeps Events for event_age() by default; pods end within longest_termination().
create or replace macro event_age() as interval '3600' second;
create or replace macro longest_termination() as interval '600' second;
-- A target is new for this long after its first answer.
create or replace macro new_target_age() as interval '60' second;
-- A target is new if its first answer comes this long after the first answer of its group.
create or replace macro new_target_silence() as interval '30' second;
-- Least number of failures of one kind for a pattern.
create or replace macro pattern_failures() as 5;
-- Failures of a single target point at it if chance would do that at most once in this many times.
create or replace macro pattern_odds() as 100e0;

-- An incident has a shape if this share of its failures lies as the shape says.
create or replace macro shape_share() as 0.8e0;
-- Targets that gave their last answer within this time fell silent at once.
create or replace macro at_once_seconds() as 5;

-- Longest pause between deletions of one rollout, and between failures of one incident.
create or replace macro rollout_pause_seconds() as 600;
create or replace macro incident_pause_seconds() as 300;

-- Least number of keep-alive races with a gap for a measured idle timeout.
create or replace macro least_races() as 5;
-- The gaps of races agree if this share of them lies close above their lower edge, which must be at least
-- least_idle_seconds(): in a shorter gap no connection was idle.
create or replace macro agreeing_share() as 0.8e0;
create or replace macro least_idle_seconds() as 1;

-- Least number of terminated pods, and of requests that were routed to them, for advice.
create or replace macro least_advice_pods() as 10;
create or replace macro least_late_requests() as 50;
-- A deregistration is late if it comes more than this after the deletion: a controller usually needs a second or two.
create or replace macro usual_deregistration_seconds() as 5;
-- An application that exits within this time of SIGTERM and cuts off requests does not finish them.
create or replace macro abrupt_exit_seconds() as 2;
-- The grace period of a pod without a setting.
create or replace macro default_grace_seconds() as 30;
-- Margin of an advised grace period above the sleep plus the longest request.
create or replace macro grace_margin_seconds() as 5;

-- ECS usually deregisters a task at least usual_stop_lead() after its scheduler decided to stop it. A call that came more
-- than stop_lead() before that deregistration had another reason.
create or replace macro usual_stop_lead() as interval '8' second;
create or replace macro stop_lead() as interval '10' second;

-- The proxy of a node may choose a pod for this long after the pod's end.
create or replace macro proxy_lag() as interval '5' second;
