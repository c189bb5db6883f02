package main

import "context"

func runRewrite(context.Context, []string, stdio) int { return exitUsage }
