#!/usr/bin/perl
# Opens a listening TCP port in each of many network namespaces, then becomes the program that serves them all:
# one process instead of one for every host. Perl, because Debian always has it and Node cannot enter a namespace.
# usage: listen.pl NAMESPACE:PORT… -- PROGRAM ARGUMENT…      the program finds the descriptors' numbers in LAN_SOCKETS
use strict;
use warnings;
use POSIX ();
use Socket;

$^F = 65535; # keeps the sockets open in the program
my %setns = (x86_64 => 308, aarch64 => 268);
my $setns = $setns{(POSIX::uname())[4]} // die "setns has no known number on this processor\n";
my $network = 0x40000000; # CLONE_NEWNET

sub opened {
    my ($path) = @_;
    open(my $namespace, '<', $path) or die "$path: $!\n";
    return $namespace;
}

sub enter {
    my ($namespace) = @_;
    syscall($setns, fileno($namespace), $network) == 0 or die "cannot enter a namespace: $!\n";
    close($namespace);
}

my $home = opened('/proc/self/ns/net');

my (@sockets, @numbers);
while (defined(my $wanted = shift @ARGV)) {
    last if $wanted eq '--';
    my ($namespace, $port) = split /:/, $wanted;
    enter(opened("/run/netns/$namespace"));
    socket(my $socket, AF_INET6, SOCK_STREAM, 0) or die "socket: $!\n"; # answers IPv4 as well
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
    bind($socket, pack_sockaddr_in6($port, "\0" x 16)) or die "$wanted: $!\n";
    listen($socket, 511) or die "$wanted: $!\n";
    push @sockets, $socket;
    push @numbers, fileno($socket);
}
enter($home); # the program itself stays where it was started
$ENV{LAN_SOCKETS} = join ',', @numbers;
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";
