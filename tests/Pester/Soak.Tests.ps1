BeforeAll { . $PSScriptRoot/Support/Session.ps1 }

Describe 'Starting and stopping over and over' {
    It 'leaves no process, socket, file or descriptor behind' {
        $shell = Start-AnotherShell "& '$RepositoryRoot/tests/Soak/Machines.ps1' -Cycles 45 | Format-List"
        $said = $shell.StandardOutput.ReadToEnd() + $shell.StandardError.ReadToEnd()
        $shell.WaitForExit()

        $said | Should -Match 'Cycles\s+: .*45'
        $said | Should -Not -Match 'leaked|Exception'
        $shell.ExitCode | Should -Be 0
    }
}
