"""The ROS 2 side: nodes that convert, delegate and publish.  Only here is ROS imported."""
