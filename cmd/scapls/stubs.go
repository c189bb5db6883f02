package main

import "context"

func runInfo(context.Context, []string, stdio) int    { return exitUsage }
func runPS(context.Context, []string, stdio) int      { return exitUsage }
func runLsof(context.Context, []string, stdio) int    { return exitUsage }
func runBench(context.Context, []string, stdio) int   { return exitUsage }
func runRewrite(context.Context, []string, stdio) int { return exitUsage }
