#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0-only
# What a screenshot (PNG, 8 bits a colour) shows, in numbers: width, height, mean brightness (0 to 255), and how
# many of its pixels are red. Usage: picture.pl FILE.png
use strict;
use warnings;
use Compress::Zlib;

open(my $f, '<:raw', $ARGV[0]) or die "$ARGV[0]: $!\n";
local $/;
my $png = <$f>;
substr($png, 0, 8) eq "\x89PNG\r\n\x1a\n" or die "$ARGV[0]: no PNG\n";
my ($at, $width, $height, $channels, $packed) = (8, 0, 0, 0, '');
while ($at < length $png) {
	my ($length, $type) = unpack('NA4', substr($png, $at, 8));
	my $data = substr($png, $at + 8, $length);
	if ($type eq 'IHDR') {
		($width, $height, my $bits, my $colour) = unpack('NNCC', $data);
		$channels = { 2 => 3, 6 => 4 }->{$colour};
		die "$ARGV[0]: not 8 bits a colour\n" unless $bits == 8 && $channels;
	}
	$packed .= $data if $type eq 'IDAT';
	$at += 12 + $length;
}
my $raw = uncompress($packed) // die "$ARGV[0]: broken\n";
my $row = $width * $channels;
my @above = (0) x $row;
my ($bright, $red, $seen) = (0, 0, 0);
for my $y (0 .. $height - 1) {
	my ($filter, @now) = unpack('C*', substr($raw, $y * ($row + 1), $row + 1));
	for my $i (0 .. $row - 1) {
		my $left = $i < $channels ? 0 : $now[$i - $channels];
		my $up = $above[$i];
		my $corner = $i < $channels ? 0 : $above[$i - $channels];
		if ($filter == 1) { $now[$i] += $left }
		elsif ($filter == 2) { $now[$i] += $up }
		elsif ($filter == 3) { $now[$i] += ($left + $up) >> 1 }
		elsif ($filter == 4) {
			my ($a, $b, $c) = (abs($up - $corner), abs($left - $corner), abs($left + $up - 2 * $corner));
			$now[$i] += $a <= $b && $a <= $c ? $left : $b <= $c ? $up : $corner;
		}
		$now[$i] &= 255;
	}
	for (my $i = 0; $i < $row; $i += $channels) {
		my ($r, $g, $b) = @now[$i .. $i + 2];
		$bright += ($r + $g + $b) / 3;
		$red++ if $r > 150 && $r > 1.6 * $g && $r > 1.6 * $b;
		$seen++;
	}
	@above = @now;
}
printf "%d %d %d %d\n", $width, $height, $bright / $seen, $red;
